/** Why a run ended by itself: its accuracy was reached, or its rounds or its time were over. */
export const stopReasons = ['accuracy', 'rounds', 'minutes'] as const;
